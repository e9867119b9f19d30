// Market data: one process publishes prices, five subscribe; one of them is killed and started again, and the publisher
// does not notice.
//   node examples/market-data.mjs
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedSegment } from 'shm-typed-array';

const [name = `/example-market-${process.pid}`, number] = process.argv.slice(2);
const app = ManagedSegment.openOrCreate(name, { size: 1 << 20 });
const prices = app.topic('prices', { capacity: 1 << 18, codec: 'json' });

if (number === undefined) await publish();
else await subscribe();
app.close();

async function publish() {
  const start = (each) => fork(import.meta.filename, [name, String(each)], { serialization: 'advanced' });
  const subscribers = [0, 1, 2, 3, 4].map(start);
  await Promise.all(subscribers.map((each) => once(each, 'message'))); // they listen
  const reports = subscribers.map((each) => once(each, 'message'));

  const count = 20_000;
  for (let tick = 0; tick < count; tick++) {
    prices.publishSync({ tick, price: 100 + Math.sin(tick / 1000) });
    if (tick === count / 4) subscribers[4].kill('SIGKILL');
    if (tick === count / 2) {
      subscribers[4] = start(4);
      reports[4] = once(subscribers[4], 'message').then(() => once(subscribers[4], 'message'));
    }
    if (tick % 100 === 0) await sleep(1);
  }
  // Who is still to start must find the last one.
  const last = setInterval(() => prices.publishSync({ tick: count, price: 100 }), 5);
  for (const [each, [{ received, lost, first }]] of (await Promise.all(reports)).entries()) {
    const published = count + 1 - (each === 4 ? first : 0);
    const verdict = received + lost >= published ? 'every price came or is counted as lost' : 'a price is missing';
    console.log(`subscriber ${each}: ${verdict}${each === 4 ? ', since it was started again' : ''}`);
  }
  clearInterval(last);
}

async function subscribe() {
  const subscriber = prices.subscribe();
  process.send('listening');
  let received = 0;
  let first;
  for await (const { tick } of subscriber) {
    first ??= tick;
    received++;
    if (tick === 20_000) break;
  }
  process.send({ received, lost: subscriber.lost, first });
  process.disconnect();
}
