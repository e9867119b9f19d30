// The types of ManagedSegment and its objects.
import shm, {
  type AsyncWaitOptions, type Barrier, type BarrierPassage, type Codec, type Condition, type Consumer, type Event,
  type ListedObject, type ListedParticipant,
  type Lease, type LockGuard, type ManagedCreateOptions, type ManagedOpenOptions, type ManagedOpenOrCreateOptions, ManagedSegment, type Mutex,
  type Permit, type PlainSemaphore, type Producer, type Queue, type QueueConsumer, type ReadGuard, type Register, type Ring, type RwLock, type Semaphore, type Subscriber, type Topic, type Sender, type SemaphoreOptions, type WaitOptions,
} from 'shm-typed-array';

const sameClass: typeof ManagedSegment = shm.ManagedSegment;
const creation: ManagedCreateOptions = { size: 65536, mode: 0o600, participants: 5, objects: 5, lifetime: 'persistent' };
const opening: ManagedOpenOptions = { owner: 'group' };
const both: ManagedOpenOrCreateOptions = { ...creation, ...opening };
const app: ManagedSegment = ManagedSegment.create('/name', creation);
const found: ManagedSegment = ManagedSegment.open('/name', opening);
const either: ManagedSegment = ManagedSegment.openOrCreate('/name', both);
ManagedSegment.unlink('/name');
const exists: boolean = ManagedSegment.exists('/name');
const facts: [string, number, boolean, boolean] = [app.name, app.size, app.created, app.closed];
app.close();
app[Symbol.dispose]();

// @ts-expect-error
ManagedSegment.create('/name');
// @ts-expect-error
ManagedSegment.create('/name', { participants: 5 });
// @ts-expect-error
ManagedSegment.create('/name', { size: 1, owner: 'any' });
// @ts-expect-error
ManagedSegment.open('/name', { size: 1 });
// @ts-expect-error
ManagedSegment.open(5);
// @ts-expect-error
ManagedSegment.openOrCreate('/name', { size: 1, lifetime: 'ephemeral' });
// @ts-expect-error
new ManagedSegment();
// @ts-expect-error
app.size = 5;

const listed: ListedObject[] = app.list();
const type: 'mutex' | 'rwLock' | 'semaphore' | 'event' | 'condition' | 'barrier' | 'ring' | 'queue' | 'topic' | 'register' | 'other' = listed[0]!.type;
const permits: number | undefined = listed[0]!.permits;
const participants: ListedParticipant[] = app.participants();
const since: Date | undefined = participants[0]!.since;

const wait: WaitOptions = { timeout: 5 };
const asyncWait: AsyncWaitOptions = { timeout: 5, signal: AbortSignal.timeout(5) };

const mutex: Mutex = app.mutex('m');
const guard: LockGuard = await mutex.lock(asyncWait);
const sync: LockGuard = mutex.lockSync(wait);
const tried: LockGuard | null = mutex.tryLock();
const answer: number = await mutex.run((g: LockGuard) => (g.ownerDied ? 1 : 2), asyncWait);
const later: string = await mutex.run(async () => 'later');
const died: boolean = guard.ownerDied;
guard.markConsistent();
guard.release();
guard[Symbol.dispose]();
// @ts-expect-error
mutex.lockSync({ signal: AbortSignal.timeout(5) });
// @ts-expect-error
mutex.lock(5);
// @ts-expect-error
mutex.tryLock().release();
// @ts-expect-error
guard.ownerDied = false;
// @ts-expect-error
mutex.run();

const rw: RwLock = app.rwLock('rw');
const reader: ReadGuard = await rw.lockShared();
const readers: (ReadGuard | null)[] = [rw.lockSharedSync(), rw.tryLockShared()];
const writers: (LockGuard | null)[] = [await rw.lock(), rw.lockSync(), rw.tryLock()];
const wrote: boolean = reader.ownerDied;
reader.release();
// @ts-expect-error
reader.markConsistent();

const pool: Semaphore = app.semaphore('pool', { permits: 5 });
const plain: PlainSemaphore = app.semaphore('plain', { permits: 5, plain: true, initial: 0 });
const options: SemaphoreOptions = { permits: 5, plain: true };
const permit: Permit = await pool.acquire();
const some: (Permit | null)[] = [pool.acquireSync(wait), pool.tryAcquire()];
permit.release();
const nothing: void = await plain.acquire(asyncWait);
const taken: boolean = plain.tryAcquire();
plain.release(5);
const value: number = pool.value + plain.value;
// @ts-expect-error
app.semaphore('pool');
// @ts-expect-error
app.semaphore('pool', { permits: 5, initial: 0 });
// @ts-expect-error
pool.release();
// @ts-expect-error
plain.acquireSync().release();

const event: Event = app.event('e', { reset: 'auto' });
await event.wait(asyncWait);
event.waitSync(wait);
const isSet: boolean = event.isSet && event.tryWait();
event.set();
event.reset();
// @ts-expect-error
app.event('e', { reset: 'never' });

const condition: Condition = app.condition('c');
const same: LockGuard = await condition.wait(guard, asyncWait);
condition.waitSync(guard, wait);
condition.notify(5);
condition.notifyAll();
// @ts-expect-error
condition.wait();
// @ts-expect-error
condition.wait(reader);

const barrier: Barrier = app.barrier('b', { parties: 5 });
const passage: BarrierPassage = await barrier.wait(asyncWait);
const isLast: boolean = passage.isLast && barrier.waitSync().isLast;
// @ts-expect-error
app.barrier('b');

export {
  answer, died, either, exists, facts, found, isLast, isSet, later, nothing, options, permits, readers, same, sameClass, since, some, sync,
  taken, tried, type, value, writers, wrote,
};

const bytes: Ring = app.ring('r', { capacity: 4096 });
const texts: Ring<string> = app.ring('t', { capacity: 4096, codec: 'utf8' });
const prices: Ring<{ price: number }> = app.ring<{ price: number }>('p', { capacity: 4096, codec: 'json' });
const codec: Codec<number> = { encode: (value) => Uint8Array.of(value), decode: (encoded) => encoded[0]! };
const numbers: Ring<number> = app.ring('n', { capacity: 4096, codec });
const producer: Producer<string> = texts.producer();
const consumer: Consumer<{ price: number }> = prices.consumer({ busyPoll: 50 });
const isSent: boolean = producer.trySend('text');
await producer.send('text', asyncWait);
producer.sendSync('text', wait);
await producer.sendMany(new Set(['a', 'b']));
await producer.end();
const got: { price: number } | undefined = await consumer.receive(asyncWait);
const drained: number = consumer.drain(({ price }) => void price.toFixed(), { most: 5 });
for await (const { price } of consumer) price.toFixed();
consumer.readable().pipe(producer.writable());
producer[Symbol.dispose]();
const received: Uint8Array | undefined = bytes.consumer().tryReceive();
numbers.producer().trySend(1);
// @ts-expect-error
producer.trySend(1);
// @ts-expect-error
app.ring('r');
// @ts-expect-error
app.ring('r', { capacity: 4096, codec: 'xml' });

const jobs: Queue<{ file: string }> = app.queue<{ file: string }>('q', { capacity: 4096, codec: 'json' });
const sender: Sender<{ file: string }> = jobs.producer();
const jobless: boolean = sender.trySend({ file: 'a' });
const worker: QueueConsumer<{ file: string }> = jobs.consumer({ busyPoll: 5 });
const job: { file: string } = await worker.receive({ timeout: 5 });
const lease: Lease<{ file: string }> = await worker.receive({ lease: true, timeout: 5 });
const perhaps: Lease<{ file: string }> | undefined = worker.tryReceive({ lease: true });
const again: [{ file: string }, boolean] = [lease.value, lease.redelivered];
lease.done();
// @ts-expect-error
worker.receive({ lease: 1 });
// @ts-expect-error a queue has no end
sender.end();

const news: Topic<string> = app.topic('news', { capacity: 4096, codec: 'utf8' });
const heard: Subscriber<string> = news.subscribe({ from: 'earliest' });
const [line, missed]: [string | undefined, number] = [await heard.receive(), heard.lost];
// @ts-expect-error
news.subscribe({ from: 'now' });

const latest: Register<{ price: number }> = app.register<{ price: number }>('l', { size: 100, codec: 'json' });
const price: number | undefined = latest.read()?.price;
await latest.write({ price: 5 }, asyncWait);
latest.writeSync({ price: 5 }, wait);
const isWritten: boolean = latest.tryWrite({ price: 5 });
const nextVersion: number = await latest.changed(latest.version, asyncWait);
const raw: Register = app.register('b', { size: 100 });
// @ts-expect-error
raw.tryWrite('text');
