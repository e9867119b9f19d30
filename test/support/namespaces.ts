// Starts roles in namespaces of their own, where limits and mounts of the system can be changed.
import { spawnSync } from 'node:child_process';

const privileges = [[], ['--user', '--map-root-user']];

/** How `unshare` is to be called here; undefined where it can't be. */
const options = privileges.map((more) => [...more, '--ipc', '--mount']).find((all) => {
  const probe = 'mount -t tmpfs tmpfs /dev/shm && echo 8 > /proc/sys/kernel/shmmni';
  return spawnSync('unshare', [...all, 'sh', '-c', probe]).status === 0;
});

/** For {@link RoleOptions.through}: runs the shell script `setUp` first. Undefined where that is not possible. */
export function inOwnNamespaces(setUp: string): string[] | undefined {
  return options && ['unshare', ...options, 'sh', '-ec', `${setUp}\nexec "$0" "$@"`];
}

const pidOptions = privileges.map((more) => [...more, '--pid', '--fork', '--kill-child', '--mount-proc'])
  .find((all) => spawnSync('unshare', [...all, 'true']).status === 0);

/** For {@link RoleOptions.through}: as the first process of a container that shares /dev/shm. Undefined where that is not possible. */
export function inOwnPidNamespace(): string[] | undefined {
  return pidOptions && ['unshare', ...pidOptions];
}
