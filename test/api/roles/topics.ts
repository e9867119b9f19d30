// A process, or a thread of one, that publishes and listens when the test asks for it.
import { ManagedSegment, type Subscriber, type Topic } from 'shm-typed-array';

import { message, numberOf } from '../messages.js';
import { servePeer } from './peer-side.js';

let app: ManagedSegment;
let topic: Topic;
let subscriber: Subscriber<Uint8Array>;

servePeer({
  open(name: string) {
    app = ManagedSegment.open(name);
  },
  use(capacity: number) {
    topic = app.topic('topic', { capacity });
  },
  subscribe(from: 'latest' | 'earliest') {
    subscriber = topic.subscribe({ from });
  },
  async publishNumbered(from: number, to: number) {
    for (let number = from; number < to; number++) {
      if (!topic.tryPublish(message(number))) await topic.publish(message(number));
      if (number % 200 === 0) await new Promise(setImmediate);
    }
  },
  /** Listens until a number has come. @returns how many messages came, and how many did not */
  async listenUntil(last: number) {
    let expected = -1;
    for (let received = 0; ; received++) {
      const lost = subscriber.lost;
      const number = numberOf(await subscriber.receive({ timeout: 5000 }) as Uint8Array);
      if (expected >= 0 && number !== expected + subscriber.lost - lost) throw new Error('a loss is miscounted');
      expected = number + 1;
      if (number === last) return { received: received + 1, lost: subscriber.lost };
    }
  },
});
