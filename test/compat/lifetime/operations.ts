// Operations of the runtime that are under way, on other threads, when the segment is detached. They may fail.
import { createVerify, randomFill, scrypt, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, read, write } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { brotliCompress, createGzip, deflate, gzip } from 'node:zlib';

import { lacks } from '../../support/runtime.js';
import type { Case, Cases } from './case.js';

/** `start` has to call `done` when the operation is over. */
function underWay(start: (bytes: Buffer, done: () => void) => void, size = 16 * 2 ** 20): Case {
  return {
    size,
    async run({ bytes, detach }) {
      const over = new Promise<void>((resolve) => start(bytes, resolve));
      detach();
      await over;
    },
  };
}

export const operations: Cases = {
  'crypto.randomFill': {
    ...underWay((bytes, done) => randomFill(bytes, () => done())),
    missing: lacks.randomFill,
  },
  'crypto.scrypt': underWay((bytes, done) => scrypt(bytes, bytes.subarray(0, 9), 64, { cost: 2 }, () => done()), 2 ** 20),
  'crypto.subtle.digest': underWay((bytes, done) => {
    webcrypto.subtle.digest('SHA-256', bytes).then(done, done);
  }),
  'crypto.subtle.encrypt': underWay((bytes, done) => {
    const iv = bytes.subarray(0, 16);
    webcrypto.subtle.importKey('raw', Buffer.alloc(16), 'AES-CBC', false, ['encrypt'])
      .then((key) => webcrypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, bytes)).then(done, done);
  }),
  'a signature to verify': underWay((bytes, done) => {
    const verify = createVerify('sha256').update(bytes);
    setImmediate(() => { verify.end(); done(); });
  }),
  'zlib.deflate': underWay((bytes, done) => deflate(bytes, () => done())),
  'zlib.gzip': underWay((bytes, done) => gzip(bytes, () => done())),
  'zlib.brotliCompress': underWay((bytes, done) => brotliCompress(bytes, { params: {} }, () => done()), 2 ** 20),
  'a gzip stream': underWay((bytes, done) => {
    const stream = createGzip();
    // Not to its end: a stream waits for ever to compress a Buffer that is detached, and more of them are written here.
    stream.on('error', () => {}).on('close', done).resume();
    stream.write(bytes, () => stream.destroy());
    for (let round = 0; round < 3; ++round) stream.write(bytes);
  }, 4 * 2 ** 20),
  'fs.read': underWay((bytes, done) => {
    const file = openSync('/dev/urandom', 'r');
    read(file, bytes, 0, bytes.length, null, () => { closeSync(file); done(); });
  }),
  'fs.write': underWay((bytes, done) => {
    const file = openSync('/dev/null', 'w');
    write(file, bytes, () => { closeSync(file); done(); });
  }),
  'fs.promises.writeFile': underWay((bytes, done) => {
    writeFile('/dev/null', bytes).then(done, done);
  }),
  'a socket': underWay((bytes, done) => {
    const server = createServer((peer) => peer.on('error', () => {}).resume().on('close', () => server.close()));
    server.listen(0, '127.0.0.1', async () => {
      const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
      await once(socket, 'connect');
      socket.on('error', () => {}).on('close', done);
      socket.end(bytes);
    });
  }, 4 * 2 ** 20),
  'a socket that the bytes wait for': {
    size: 16 * 2 ** 20,
    async run({ bytes, detach }) {
      const server = createServer({ pauseOnConnect: true }, (peer) => {
        detach(); // more is written than the sockets hold, so the rest still waits in our memory
        peer.on('error', () => {}).resume().on('close', () => server.close());
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
      socket.on('error', () => {}).end(bytes);
      await once(socket, 'close');
    },
  },
};
