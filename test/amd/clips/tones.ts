import { type CastName, CLIP_MS, type LineSettings, type Part, type ToneShape } from '../clip.ts';
import { type Draft, of, pause } from './draft.ts';

export function faxes(cast: CastName): Draft[] {
  const fax = (category: string, parts: readonly Part[], line: Partial<LineSettings> = {}): Draft => ({
    category,
    expected: 'fax',
    parts: () => parts,
    line,
  });
  const calling = (levelDb: number, hz: number): Part[] =>
    [0, 1, 2].flatMap(() => [{ kind: 'tone', hz: [hz], ms: 500, levelDb }, pause(3000)] satisfies Part[]);
  const answering = (levelDb: number, shape: ToneShape): Part => ({
    kind: 'tone',
    hz: [of(cast, 2100, 2108, 2094, 2103, 2097, 2105, 2099)],
    ms: of(cast, 3000, 3400, 2700, 3700, 3200, 2900, 3300),
    levelDb,
    shape,
  });
  return [
    fax('fax answering', [pause(of(cast, 300, 1000, 1500, 700, 900, 1100, 800)), answering(-16, {})]),
    fax('fax answering', [pause(1200), answering(of(cast, -26, -30, -32, -28, -31, -29, -27), { reversalMs: 450 })]),
    fax('fax answering', [pause(200), answering(-20, { reversalMs: 450, modulationHz: 15, modulation: 0.2 })]),
    fax('fax answering', [pause(1800), answering(-14, { modulationHz: 15, modulation: 0.2 })], {
      background: { kind: 'noise', colour: 'pink', levelDb: -42 },
    }),
    fax('fax calling', [pause(of(cast, 200, 500, 700, 400, 600, 800, 300)), ...calling(-18, 1100)]),
    fax('fax calling', [pause(900), ...calling(-28, of(cast, 1075, 1125, 1090, 1112, 1082, 1118, 1087))]),
    fax('fax calling', [pause(of(cast, 2000, 2400, 2700, 2200, 2500, 2300, 2600)), ...calling(-22, 1100)]),
    fax('fax calling', [pause(500), ...calling(-16, 1122)], {
      background: { kind: 'noise', colour: 'white', levelDb: -45 },
    }),
  ];
}

/** ITU-T E.180 supplement 2: ringing of several countries. */
export function ringing(cast: CastName): Part[][] {
  const rings: readonly { hz: readonly number[]; on: number; off: number }[] = [
    of(
      cast,
      { hz: [425], on: 1000, off: 4000 },
      { hz: [425], on: 1000, off: 3000 },
      { hz: [450], on: 1000, off: 4000 },
      { hz: [400], on: 1500, off: 3000 },
      { hz: [420], on: 1000, off: 4500 },
      { hz: [430], on: 1100, off: 4000 },
      { hz: [425], on: 1100, off: 4200 },
    ),
    of(
      cast,
      { hz: [440, 480], on: 2000, off: 4000 },
      { hz: [440, 480], on: 1200, off: 3500 },
      { hz: [440, 480], on: 1800, off: 3800 },
      { hz: [440, 480], on: 2000, off: 3900 },
      { hz: [440, 480], on: 1500, off: 3700 },
      { hz: [440, 480], on: 1900, off: 4000 },
      { hz: [440, 480], on: 1700, off: 4100 },
    ),
    of(
      cast,
      { hz: [440], on: 1500, off: 3500 },
      { hz: [425], on: 1500, off: 3000 },
      { hz: [425], on: 1250, off: 3750 },
      { hz: [450], on: 1000, off: 3900 },
      { hz: [440], on: 1000, off: 3500 },
      { hz: [425], on: 1200, off: 3600 },
      { hz: [440], on: 1300, off: 3700 },
    ),
    of(
      cast,
      { hz: [400, 450], on: 400, off: 200 },
      { hz: [400, 450], on: 400, off: 220 },
      { hz: [413, 438], on: 400, off: 200 },
      { hz: [400, 425], on: 400, off: 210 },
      { hz: [400, 450], on: 380, off: 220 },
      { hz: [400, 450], on: 410, off: 190 },
      { hz: [400, 440], on: 390, off: 200 },
    ),
  ];
  return rings.map(({ hz, on, off }) =>
    [0, 1, 2].flatMap(() => [{ kind: 'tone', hz, ms: on, levelDb: -20 }, pause(off)] satisfies Part[]),
  );
}

export function others(cast: CastName): Draft[] {
  const unknown = (category: string, parts: readonly Part[], line: Partial<LineSettings> = {}): Draft => ({
    category,
    expected: 'unknown',
    parts: () => parts,
    line,
  });
  return [
    ...ringing(cast).map((parts) => unknown('ringing only', [pause(300), ...parts])),
    unknown('silence', []),
    unknown('silence', [], { background: { kind: 'noise', colour: 'pink', levelDb: -48 } }),
    unknown('noise', [], { background: { kind: 'noise', colour: 'white', levelDb: -34 } }),
    unknown('noise', [], { background: { kind: 'hum', levelDb: -32 } }),
    ...[0, 1, 2, 3].map((i) =>
      unknown('music on hold', [
        {
          kind: 'music',
          seed: of(cast, 0, 100, 200, 300, 400, 500, 600) + i,
          ms: CLIP_MS,
          levelDb: -16 - 3 * i,
          style: of(
            cast,
            'band',
            'pads',
            i % 2 === 0 ? 'pads' : 'band',
            i < 2 ? 'pads' : 'band',
            i % 2 === 0 ? 'band' : 'pads',
            i < 2 ? 'band' : 'pads',
            i % 2 === 0 ? 'pads' : 'band',
          ),
        },
      ]),
    ),
    unknown(
      'keys',
      [
        [770, 1336],
        [852, 1209],
        [697, 1477],
        [941, 1336],
      ].flatMap((hz): Part[] => [
        pause(350),
        { kind: 'tone', hz, ms: of(cast, 160, 200, 240, 180, 220, 190, 210), levelDb: -16 },
      ]),
    ),
    unknown(
      'busy',
      Array.from({ length: 8 }, () => [
        {
          kind: 'tone',
          hz: of(cast, [480, 620], [425], [480, 620], [450], [480, 620], [425], [450]),
          ms: of(cast, 480, 480, 250, 500, 480, 500, 490),
          levelDb: -18,
        } as const,
        pause(480),
      ]).flat(),
    ),
  ];
}
