// What the figures depend on beside the code.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';

export function machine(): Record<string, string> {
  const processors = os.cpus();
  const load = os.loadavg()[0]!.toFixed(1);
  return {
    processor: processors[0]?.model.trim() ?? os.arch(),
    cores: `${processors.length}, processes not pinned, load ${load} at the start`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: `${os.type()} ${/^[\d.]*\d/.exec(os.release())?.[0] ?? os.release()}`,
    'huge pages': `ordinary memory: ${hugePages('enabled')}; shared memory: ${hugePages('shmem_enabled')}`,
  };
}

/** The chosen word of a list like `always [madvise] never`. */
function hugePages(setting: string): string {
  const file = `/sys/kernel/mm/transparent_hugepage/${setting}`;
  return (existsSync(file) && /\[(\w+)\]/.exec(readFileSync(file, 'utf8'))?.[1]) || 'unknown';
}

export function versions(packages: Record<string, string>, compiler: string | undefined): Record<string, string> {
  const all: Record<string, string> = { node: process.version, V8: process.versions.v8 };
  for (const [name, manifest] of Object.entries(packages)) all[name] = JSON.parse(readFileSync(manifest, 'utf8')).version;
  if (compiler) all['C compiler'] = execFileSync(compiler, ['--version'], { encoding: 'utf8' }).split('\n')[0]!;
  return all;
}
