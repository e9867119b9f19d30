// Wakes with a byte over a socket.
import { once } from 'node:events';
import net from 'node:net';
import type { Connect, ConnectMessenger, Side } from '../model.js';
import { counter, inbox } from './inbox.js';

export const connect: Connect = async (key, side) => {
  const socket = await open(key, side);
  const { deliver, next } = inbox();
  socket.on('data', deliver);
  const byte = Buffer.alloc(1);
  return { wake: () => void socket.write(byte), woken: next, close: () => void socket.destroy() };
};

/** All of one size, so that nobody has to look where one ends. */
export const messenger: ConnectMessenger = async (key, side, _channel, bytes) => {
  const socket = await open(key, side);
  const { deliver, received } = counter();
  let rest = 0;
  socket.on('data', (data: Buffer) => {
    rest += data.length;
    deliver(Math.floor(rest / bytes));
    rest %= bytes;
  });
  return {
    async send(message, count) {
      for (let i = 0; i < count; i++) {
        if (!socket.write(message)) await once(socket, 'drain');
      }
    },
    received,
    close: () => void socket.destroy(),
  };
};

function open(key: string, side: Side): Promise<net.Socket> {
  const path = `\0${key}`; // abstract: nothing is left behind
  return side === 'trial' ? accept(path) : reach(path);
}

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
