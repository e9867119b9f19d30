// What the figures depend on beside the code.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export async function machine(): Promise<Record<string, string>> {
  const processors = os.cpus();
  return {
    processor: processors[0]?.model.trim() ?? os.arch(),
    cores: `${processors.length}, ${await othersUse()} % used by other programs before the start`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: `${os.type()} ${/^[\d.]*\d/.exec(os.release())?.[0] ?? os.release()}`,
    'huge pages': `ordinary memory: ${hugePages('enabled')}; shared memory: ${hugePages('shmem_enabled')}`,
  };
}

/** Of the processor time of two seconds, in percent. */
async function othersUse(): Promise<number> {
  const before = processorTime();
  await sleep(2000);
  const after = processorTime();
  return Math.round((100 * (after.used - before.used)) / (after.all - before.all));
}

function processorTime(): { used: number; all: number } {
  const times = os.cpus().map(({ times }) => times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { used: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
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
