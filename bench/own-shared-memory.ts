// A process with a /dev/shm of its own, in a mount namespace: whether there are huge pages depends on how that file
// system is mounted. It ends with the process, and nobody else sees it.

// $1 the option `huge`, $2 bytes, then the command
const mountAndRun = `
mount -t tmpfs -o "huge=$1,size=$2" shm-bench /dev/shm || exit
shift 2
exec "$@"
`;
// The same, with the script above as $0. Tries it with the command \`true\` first.
const tryAndRun = `
if said=$(unshare --mount sh -c "$0" sh "$1" "$2" true 2>&1); then exec unshare --mount sh -c "$0" sh "$@"; fi
reason=$(printf %s "$said" | head -n 1 | tr -d '"\\\\')
printf '{"notRun": "no /dev/shm of its own could be mounted: %s"}\\n' "$reason"
`;

/**
 * The command in such a process; where there can be none, one that prints why.
 *
 * @param bytes that the command will use
 */
export function withSharedMemory(huge: 'always' | 'advise', bytes: number, command: string[]): string[] {
  return ['sh', '-c', tryAndRun, mountAndRun, huge, String(bytes + (64 << 20)), ...command];
}
