// The child's side of roles.ts: what a role script imports.

type Resolve = (message: unknown) => void;

const messages: unknown[] = [];
const waiting: Resolve[] = [];

let sent: Promise<void> = Promise.resolve();

process.on('message', (text: string) => {
  const message: unknown = JSON.parse(text);
  const resolve = waiting.shift();
  if (resolve === undefined) messages.push(message);
  else resolve(message);
});
// The test has ended: so does its role.
process.on('disconnect', () => process.exit());

/** What the test gave as `data`. */
export function roleData<T>(): T {
  return JSON.parse(process.argv[2] ?? 'null') as T;
}

/** The next message of the test. */
export function receive<T = unknown>(): Promise<T> {
  if (messages.length > 0) return Promise.resolve(messages.shift() as T);
  return new Promise((resolve) => waiting.push(resolve as Resolve));
}

/** Tells the test something. Who never lets the event loop run again has to wait until it is sent. */
export function send(message: unknown): Promise<void> {
  // As text, since not every runtime keeps numbers as they are. One that can't be sent is one that the test waits for.
  return sent = new Promise((resolve) => process.send!(JSON.stringify(message), () => resolve()));
}

/** Lets the process end by itself, although the test could still send messages. */
export function leave(): void {
  process.removeAllListeners('disconnect');
  void sent.then(() => process.disconnect());
}

/** Answers every call of the test by one of `functions`, until the test ends the role. */
export function serve(functions: Record<string, (...args: never[]) => unknown>): void {
  const answer = async (message: { call: string; args: never[] }) => {
    try {
      const result = await functions[message.call]!(...message.args);
      send({ result: result === undefined ? null : result });
    } catch (error) {
      const { name, message: text, code } = error as NodeJS.ErrnoException;
      send({ error: { name, message: text, code } });
    }
  };
  void (async () => {
    for (;;) await answer(await receive());
  })();
}
