// A process, or a thread of one, that does what the test asks for with a managed segment.
import { lockCalls } from '../lock-calls.js';
import { servePeer } from './peer-side.js';

servePeer(lockCalls);
