// As much of ManagedSegment as the cases use, with lock files.
import lockfile from 'proper-lockfile';

export class ManagedSegment {
  /** @param {string} name */
  static openOrCreate(name) {
    return new ManagedSegment(name);
  }

  /** @param {string} name */
  constructor(name) {
    this.path = `/dev/shm${name}`;
  }

  /** @param {string} name */
  mutex(name) {
    const path = `${this.path}-${name}`;
    return {
      tryLock() {
        const release = lockfile.lockSync(path, { realpath: false });
        return { release };
      },
    };
  }

  close() {}
}
