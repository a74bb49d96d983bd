import { audioCases } from './audio-cases.ts';
import { callCases } from './call-cases.ts';
import type { MediaCase } from './case-tools.ts';

/** The contract of `src/media/port.ts`, run on every engine and on the fake. */
export const mediaCases: readonly MediaCase[] = [...audioCases, ...callCases];
