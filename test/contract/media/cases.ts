import { audioCases } from './audio-cases.ts';
import { bridgeCases } from './bridge-cases.ts';
import { callCases } from './call-cases.ts';
import type { MediaCase } from './case-tools.ts';
import { keyCases } from './key-cases.ts';
import { tapCases } from './tap-cases.ts';

/** The contract of `src/media/port.ts`, run on every engine and on the fake. */
export const mediaCases: readonly MediaCase[] = [...audioCases, ...callCases, ...bridgeCases, ...tapCases, ...keyCases];
