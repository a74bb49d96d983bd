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
