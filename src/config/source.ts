import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { expandReferences, guardReferences, hasGuards, showReferences } from './environment.ts';
import type { ConfigProblem } from './errors.ts';

export type Path = readonly PropertyKey[];

/** `bots[0].url` */
export function formatPath(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? String(key) : `.${String(key)}`;
  }
  return text;
}

/** A YAML file as plain values, with the way back from a key path to its line. */
export interface ConfigSource {
  value: unknown;
  /** Of the syntax and of references to the environment. */
  problems: ConfigProblem[];
  /** Where the value at `path` stands; where it is missing, its nearest ancestor's. `key`: where its key stands. */
  position(path: Path, part?: 'key' | 'value'): { line: number; column: number };
  /** The value at `path` came, wholly or in part, from the environment: show it to nobody. */
  isFromEnvironment(path: Path): boolean;
}

const startOfFile = { line: 1, column: 1 };

/** An alias may stand for a tree of aliases ("billion laughs"); a configuration needs few. */
const maxAliases = 100;

const hints: Partial<Record<string, string>> = {
  BAD_ALIAS: "a value that begins with * must be quoted: '*'",
  TAB_AS_INDENT: 'indent with spaces',
  DUPLICATE_KEY: 'this key stands here twice',
};

/** Parses YAML 1.2 and puts environment variables in. Never throws: what is wrong is in `problems`. */
export function parseSource(text: string, env: Readonly<Record<string, string | undefined>>): ConfigSource {
  const lines = new LineCounter();
  if (hasGuards(text)) {
    const problem = { ...startOfFile, path: '', message: 'expected no characters U+E000 to U+E006 in the file' };
    return { value: undefined, problems: [problem], position: () => startOfFile, isFromEnvironment: () => false };
  }
  const document = parseDocument(guardReferences(text), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };

  const problems: ConfigProblem[] = document.errors.map((error) => {
    const hint = hints[error.code];
    const message = showReferences(error.message.split('\n', 1)[0] ?? error.message);
    return {
      ...at(error.pos[0]),
      path: '',
      message: `not valid YAML: ${hint === undefined ? message : `${hint} (${message})`}`,
    };
  });
  const environmentNodes = new Set<Node>();
  if (problems.length === 0)
    expandScalars(document, env, environmentNodes, (offset, path, message) =>
      problems.push({ ...at(offset), path: formatPath(path), message }),
    );

  let value: unknown;
  try {
    value = document.errors.length === 0 ? document.toJS({ maxAliasCount: maxAliases }) : undefined;
  } catch (error) {
    problems.push({
      ...startOfFile,
      path: '',
      message: `not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
    });
  }

  return {
    value,
    problems,
    position(path, part = 'value') {
      const found = locate(document, path);
      const offset = part === 'key' ? (found.keyOffset ?? found.offset) : found.offset;
      return offset === undefined ? startOfFile : at(offset);
    },
    isFromEnvironment(path) {
      const node = nodeAt(document, path);
      return node !== undefined && environmentNodes.has(node);
    },
  };
}

function expandScalars(
  document: Document.Parsed,
  env: Readonly<Record<string, string | undefined>>,
  environmentNodes: Set<Node>,
  report: (offset: number, path: Path, message: string) => void,
): void {
  visit(document, {
    Scalar(key, node, ancestors) {
      if (typeof node.value !== 'string' || !hasGuards(node.value)) return;
      const offset = node.range?.[0] ?? 0;
      if (key === 'key') {
        report(offset, pathOf([...ancestors, node]), `expected no \${...} in a key`);
        return;
      }
      const { value, fromEnvironment, problems } = expandReferences(node.value, env);
      for (const problem of problems) report(offset, pathOf([...ancestors, node]), problem);
      node.value = value;
      if (fromEnvironment) environmentNodes.add(node);
    },
  });
}

/** The key path of the last of `nodes`, each of which holds the next. */
function pathOf(nodes: readonly unknown[]): PropertyKey[] {
  return nodes.flatMap((node, index): PropertyKey[] => {
    if (isPair(node)) return isScalar(node.key) ? [showReferences(String(node.key.value))] : [];
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : [];
  });
}

function nodeAt(document: Document.Parsed, path: Path): Node | undefined {
  const found = document.getIn(path, true);
  return isNode(found) ? found : undefined;
}

function locate(document: Document.Parsed, path: Path): { offset: number | undefined; keyOffset: number | undefined } {
  let node: unknown = document.contents;
  let offset: number | undefined = document.contents?.range?.[0];
  let keyOffset: number | undefined;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    keyOffset = undefined;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) break;
      if (isScalar(pair.key)) keyOffset = pair.key.range?.[0];
      node = pair.value;
    } else {
      const items: readonly unknown[] = isNode(node) && 'items' in node && Array.isArray(node.items) ? node.items : [];
      const item = typeof key === 'number' ? items[key] : undefined;
      if (item === undefined) break;
      node = item;
    }
    offset = (isNode(node) ? node.range?.[0] : undefined) ?? keyOffset ?? offset;
  }
  return { offset, keyOffset };
}
