import type { RunnerTask } from 'vitest';

/** What goes wrong with the connection to an outside system, on purpose, in the middle of a call. */
export const FAULTS = [
  'handshake refused',
  'token expired mid-call',
  'socket frozen',
  'socket closed mid-word',
  '429',
  'malformed message',
  'slow first byte',
  'wrong audio length',
] as const;

export type Fault = (typeof FAULTS)[number];

/** The system has nothing that could go wrong so; why. */
export interface Pointless {
  pointless: string;
}

export const pointless = (why: string): Pointless => ({ pointless: why });

export const isPointless = (cell: object): cell is Pointless => 'pointless' in cell;

/** A column of the matrix: a cell for each fault, or why there is none. */
export type Column<Cell> = Readonly<Record<Fault, Cell | Pointless>>;

/** The cells of a column in which something can go wrong. */
export function cellsOf<Cell extends object>(column: Column<Cell>): [Fault, Cell][] {
  return FAULTS.flatMap((fault): [Fault, Cell][] => {
    const cell = column[fault];
    return isPointless(cell) ? [] : [[fault, cell]];
  });
}

/** What a stream carries: both directions of a bot's, or one side of a speech service. */
export type Side = 'talked' | 'heard' | 'spoken';

/** Of each kind of connector, by its name in hub.yaml: the columns of its streams, and what they carry; or why it has none. */
export const STREAMS = {
  bots: {
    'ac-bot-api': {
      'ac-bot-api over WebSocket, in texts': ['talked'],
      'ac-bot-api over WebSocket, which hears and speaks itself': ['talked'],
    },
    'bot-framework': { 'bot-framework': ['talked'] },
    'dialogflow-cx': { 'dialogflow-cx': ['talked'], 'dialogflow-cx, which gets the audio': ['talked'] },
    'dialogflow-es': { 'dialogflow-es': ['talked'], 'dialogflow-es, which gets the audio': ['talked'] },
    llm: { llm: ['talked'] },
  },
  speech: {
    google: {
      'google v1, voices that are streamed': ['heard', 'spoken'],
      'google v2, voices in one piece': ['heard', 'spoken'],
    },
    deepgram: { deepgram: ['heard', 'spoken'], 'deepgram, which finds the end itself': ['heard'] },
    'openai-compatible': { 'openai-compatible': ['heard', 'spoken'] },
    local: pointless('it runs in the hub: there is no connection'),
    moonshine: pointless('it runs beside the hub: there is no vendor'),
  },
} as const satisfies Record<string, Record<string, Record<string, readonly Side[]> | Pointless>>;

/** Columns, and what their streams carry. */
export type Streams = Readonly<Record<string, readonly Side[]>>;

/** A test's name: a fault, and where more than one stream can have it, which. */
export function testName(fault: string, side: Side): string {
  return side === 'talked' ? fault : `${fault}: ${side}`;
}

/** Which cells of a column are pointless, as tests are registered. */
const withoutPoint = new Set<string>();

export function leaveOut(column: string, fault: Fault, side: Side): void {
  withoutPoint.add(`${column}/${testName(fault, side)}`);
}

/**
 * The cells of the matrix for which no test of this file has run, of all that should have: each fault on each stream.
 * @param file the tasks of the file, at its end
 */
export function missing(file: readonly RunnerTask[], streams: Streams): string[] {
  const ran = new Set<string>();
  const walk = (tasks: readonly RunnerTask[], column: string) => {
    for (const task of tasks) {
      if (task.type === 'suite') walk(task.tasks, task.name);
      else if (task.mode === 'run' && task.result !== undefined) ran.add(`${column}/${task.name}`);
    }
  };
  walk(file, '');
  return Object.entries(streams).flatMap(([column, sides]) =>
    FAULTS.flatMap((fault) => sides.map((side) => `${column}/${testName(fault, side)}`)).filter(
      (cell) => !ran.has(cell) && !withoutPoint.has(cell),
    ),
  );
}

/** A fault that is a setting of the peer. */
export const becomes =
  <Peer extends object>(values: Partial<NoInfer<Peer>>) =>
  (peer: Peer): void =>
    void Object.assign(peer, values);

/** A fault that is a setting of the peer's server. */
export const serverBecomes =
  <Server extends object>(values: Partial<NoInfer<Server>>) =>
  ({ server }: { server: Server }): void =>
    void Object.assign(server, values);

/** What a peer whose server listens on a port of its own has of it. */
export async function listening<Server extends { listen(): Promise<string>; close(): Promise<void> }>(server: Server) {
  return { server, url: await server.listen(), close: () => server.close() };
}
