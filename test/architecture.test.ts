import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/**
 * Who may import whom (section 2 of the architecture page): imports point one way, connectors know the ports of `src/`
 * and never the reverse, and only the composition root knows everybody. Unit tests and
 * their support may import what they like.
 */
const mayImport: Record<string, readonly string[]> = {
  base: [],
  media: ['base'],
  speech: ['base', 'media'],
  net: ['base', 'routing'],
  bots: ['base', 'media'],
  routing: ['base'],
  calls: ['base', 'bots', 'media', 'routing', 'speech'],
  recording: ['base', 'media'],
  conversation: ['base', 'bots', 'calls', 'media', 'net', 'routing', 'speech'],
  telemetry: ['base', 'bots', 'calls', 'conversation', 'media', 'speech'],
  config: ['access', 'base', 'media', 'routing', 'telemetry'],
  store: ['access', 'base', 'calls', 'dialout', 'recording'],
  access: ['base', 'routing'],
  dialout: ['base', 'bots', 'calls', 'media', 'net', 'routing', 'speech'],
  signalling: ['base', 'bots', 'calls', 'conversation', 'dialout', 'media', 'routing'],
  api: ['access', 'base', 'bots', 'calls', 'dialout', 'recording', 'routing'],
  engines: ['base', 'media'],
  doctor: ['base', 'media'],
  caller: ['access', 'base', 'calls', 'engines', 'media', 'signalling', 'speech'],
  scenario: ['base', 'calls', 'caller', 'config', 'media', 'speech'],
  'connectors/bots': ['base', 'bots', 'media'],
  'connectors/speech': ['base', 'media', 'speech'],
  examples: [],
  scripts: ['base', 'bots', 'store'],
  hub: [
    ...['base', 'media', 'net', 'speech', 'bots', 'routing', 'calls', 'conversation', 'telemetry', 'config', 'store'],
    'recording',
    ...[
      'signalling',
      'api',
      'access',
      'dialout',
      'engines',
      'doctor',
      'connectors/bots',
      'connectors/speech',
      'examples',
    ],
  ],
  main: ['access', 'base', 'bots', 'caller', 'config', 'doctor', 'hub', 'routing', 'scenario', 'telemetry'],
};

const baseFiles = new Set([
  ...['src/errors.ts', 'src/clock.ts', 'src/srf-close.ts', 'package.json'],
  // Of the fakes that stand beside the connectors.
  'src/testing-quota.ts',
]);

/** The room of a file, by its path from the top; undefined: it stands in none. */
function roomOf(file: string): string | undefined {
  if (baseFiles.has(file)) return 'base';
  if (/^src\/hub(?:\.ts$|\/)/.test(file)) return 'hub';
  if (/^src\/[^/]+\.ts$/.test(file)) return 'main';
  const room = /^src\/([^/]+)\//.exec(file)?.[1] ?? /^(connectors\/[^/]+|examples|scripts)\//.exec(file)?.[1];
  return room !== undefined && Object.hasOwn(mayImport, room) ? room : undefined;
}

/** Relative specifiers of static and dynamic imports, re-exports, and of the entry files of worker threads. */
function importsOf(text: string): string[] {
  const forms = [
    /\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g,
    /new URL\(\s*['"](\.[^'"]+\.ts)['"],\s*import\.meta\.url/g,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ''));
}

interface Edge {
  file: string;
  from: string;
  target: string;
  to: string | undefined;
}

function edgesOf(files: ReadonlyMap<string, string>): Edge[] {
  return [...files].flatMap(([file, text]) => {
    const from = roomOf(file);
    if (from === undefined) return [];
    return importsOf(text).flatMap((specifier): Edge[] => {
      const target = posix.normalize(posix.join(posix.dirname(file), specifier));
      const to = roomOf(target);
      return to === from ? [] : [{ file, from, target, to }];
    });
  });
}

/** Everything in `files` (path from the top -> text) that breaks the rule, one sentence each. */
function violations(files: ReadonlyMap<string, string>): string[] {
  const homeless = [...files.keys()].filter((file) => roomOf(file) === undefined);
  const forbidden = edgesOf(files).filter(({ from, to }) => to === undefined || !mayImport[from]?.includes(to));
  return [
    ...homeless.map((file) => `${file} stands in no room of the table`),
    ...forbidden.map(
      ({ file, target, from, to }) => `${file} (${from}) must not import ${target} (${to ?? 'no room'})`,
    ),
    ...(findCycle(edgesOf(files)) ?? []),
  ];
}

/** Rooms that import each other, as one sentence. */
function findCycle(edges: readonly { from: string; to: string | undefined }[]): string[] | undefined {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    if (to !== undefined) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const done = new Set<string>();
  const visit = (room: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(room)) return [`rooms in a circle: ${[...path.slice(path.indexOf(room)), room].join(' -> ')}`];
    if (done.has(room)) return undefined;
    for (const neighbour of next.get(room) ?? []) {
      const cycle = visit(neighbour, [...path, room]);
      if (cycle !== undefined) return cycle;
    }
    done.add(room);
    return undefined;
  };
  for (const room of next.keys()) {
    const cycle = visit(room, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

const top = dirname(dirname(fileURLToPath(import.meta.url)));

function sourceFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const folder of ['src', 'connectors', 'examples', 'scripts']) {
    for (const entry of readdirSync(join(top, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/(?<!\.test|test-support)\.ts$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      if (path.includes('node_modules')) continue;
      files.set(relative(top, path).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
    }
  }
  return files;
}

describe('imports point one way', () => {
  test('in this repository', () => {
    const files = sourceFiles();
    expect(files.size).toBeGreaterThan(50);
    expect(edgesOf(files).length).toBeGreaterThan(50);
    expect(violations(files)).toEqual([]);
  });

  test('the table itself has no circle, so what keeps to it has none', () => {
    const edges = Object.entries(mayImport).flatMap(([from, targets]) => targets.map((to) => ({ from, to })));
    expect(findCycle(edges)).toBeUndefined();
    for (const { to } of edges) expect(mayImport).toHaveProperty([to]);
  });

  test.each([
    ['src knows no connector', 'src/speech/x.ts', "import { a } from '../../connectors/speech/local/tts/tts.ts';"],
    [
      'only the hub knows the engines',
      'src/signalling/x.ts',
      "import type { a } from '../engines/embedded/rtp/engine.ts';",
    ],
    ['pure rooms stay pure', 'src/routing/x.ts', "export { a } from '../config/load.ts';"],
    ['also in dynamic imports', 'src/calls/x.ts', "await import('../api/server.ts');"],
    ['also in imports for side effects', 'src/bots/x.ts', "import '../calls/record.ts';"],
    ['also on worker threads', 'src/media/x.ts', "new Worker(new URL('../store/database-worker.ts', import.meta.url))"],
    ['over several lines', 'src/store/x.ts', "import {\n  a,\n} from '../api/server.ts';"],
    ['connectors know ports, not parts', 'connectors/bots/x/y.ts', "import { a } from '../../../src/hub.ts';"],
    [
      'connectors do not know one another',
      'connectors/bots/x/y.ts',
      "import { a } from '../../speech/local/tts/tts.ts';",
    ],
    ['examples are programs of their own', 'examples/x/y.ts', "import { a } from '../../src/errors.ts';"],
    ['nobody imports tests', 'src/api/x.ts', "import { a } from '../../test/contract/memory.ts';"],
  ])('a violation is found: %s', (_, file, text) => {
    expect(violations(new Map([[file, text]]))).toEqual([expect.stringContaining(`${file} (`)]);
  });

  test('a file in a room that is not in the table is found', () => {
    expect(violations(new Map([['src/misc/x.ts', '']]))).toEqual(['src/misc/x.ts stands in no room of the table']);
  });

  test('rooms that import each other are found', () => {
    const files = new Map([
      ['src/media/x.ts', "import '../speech/y.ts';"],
      ['src/speech/y.ts', "import '../media/x.ts';"],
    ]);
    expect(violations(files)).toContain('rooms in a circle: media -> speech -> media');
  });
});

test('package-lock.json names no registry: it must work with any', () => {
  expect(readFileSync(join(top, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
});
