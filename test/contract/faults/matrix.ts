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

/** Shown by another test, in whose file this text stands. */
export interface Elsewhere {
  file: string;
  test: string;
}

/** The system has nothing that could go wrong so; why. */
export interface Pointless {
  pointless: string;
}

/** A column of the matrix: a cell for each fault, or where it is, or why there is none. */
export type Column<Cell> = Readonly<Record<Fault, Cell | Elsewhere | Pointless>>;

/** The cells of a column that are tested here. */
export function cellsOf<Cell extends object>(column: Column<Cell>): [Fault, Cell][] {
  return FAULTS.flatMap((fault): [Fault, Cell][] => {
    const cell = column[fault];
    return 'file' in cell || 'pointless' in cell ? [] : [[fault, cell]];
  });
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
