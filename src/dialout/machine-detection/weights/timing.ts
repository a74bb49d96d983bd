import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const TIMING: WeightTable = {
  machine: {
    '2.0': `
      statement
    `,
    '1.7': `
      phrase voicemail
    `,
    '1.6': `
      phrase unreachable, score machine
    `,
    '1.3': `
      pause 440
    `,
    '1.2': `
      phrase menu
    `,
    '1.1': `
      phrase reached
    `,
    '1.0': `
      pause 360
    `,
    '0.9': `
      words 3
    `,
    '0.8': `
      on 1300
    `,
    '0.6': `
      at late, on 2000
    `,
    '0.4': `
      words 6
    `,
    '0.3': `
      over 3800
    `,
    '0.2': `
      on 2600, over 1300
    `,
    '0.1': `
      over 2000, phrase company
    `,
    '-0.1': `
      phrase screening, words 9
    `,
    '-0.2': `
      no person, score screening
    `,
    '-0.3': `
      on 3200
    `,
    '-0.4': `
      words 1
    `,
    '-0.6': `
      at phrase, over 2600, phrase agent
    `,
    '-0.8': `
      words 12
    `,
    '-0.9': `
      over 3200, phrase human
    `,
    '-1.0': `
      no machine
    `,
    '-1.5': `
      on 3800, score person
    `,
    '-1.7': `
      at over, over
    `,
    '-2.2': `
      bias
    `,
  },
  screening: {
    '2.6': `
      phrase screening
    `,
    '2.3': `
      score screening
    `,
    '1.3': `
      statement
    `,
    '0.9': `
      pause 360
    `,
    '0.7': `
      over 3800, phrase reached
    `,
    '0.5': `
      on 1300, phrase unreachable
    `,
    '0.4': `
      score machine
    `,
    '0.3': `
      words 6
    `,
    '0.2': `
      on 2000, pause 440
    `,
    '0.1': `
      phrase menu, words 9
    `,
    '-0.1': `
      at late, at phrase, on 2600, words 12
    `,
    '-0.2': `
      phrase human
    `,
    '-0.3': `
      on 3200, over 2600
    `,
    '-0.4': `
      no machine, no person, on 3800, over 2000, phrase agent, phrase voicemail
    `,
    '-0.7': `
      over 1300
    `,
    '-0.8': `
      score person
    `,
    '-0.9': `
      phrase company
    `,
    '-1.1': `
      words 1
    `,
    '-2.0': `
      bias, over
    `,
    '-2.1': `
      at over
    `,
  },
};
