// Wakes with a byte over a socket.
import { once } from 'node:events';
import net from 'node:net';
import type { Connect } from '../model.js';
import { inbox } from './inbox.js';

export const connect: Connect = async (key, side) => {
  const path = `\0${key}`; // abstract: nothing is left behind
  const socket = side === 'trial' ? await accept(path) : await reach(path);
  const { deliver, next } = inbox();
  socket.on('data', deliver);
  const byte = Buffer.alloc(1);
  return { wake: () => void socket.write(byte), woken: next, close: () => void socket.destroy() };
};

async function accept(path: string): Promise<net.Socket> {
  const server = net.createServer().listen(path);
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  return socket;
}

/** The other side may not listen yet. */
async function reach(path: string): Promise<net.Socket> {
  for (;;) {
    const socket = net.connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
}
