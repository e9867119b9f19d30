import type { Contender } from '../model.js';
import { javascript } from './javascript.js';

const url = (file: string): string => new URL(file, import.meta.url).href;

export const unixSocket: Contender = javascript('unix-socket', "node:net over a Unix-domain socket", url('./unix-socket.js'));
export const processSend: Contender = javascript('process.send', "Node's channel between parent and child", url('./process-send.js'));
