import { z } from 'zod';
import { noInputEventField, segment, sharedFields } from '../config.ts';

/** The part of a bot in hub.yaml that belongs to this connector. */
export const dialogflowEsConfigSchema = z.strictObject({
  ...sharedFields,
  /** The agent's project: it has one agent in each location. */
  project: segment,
  location: segment.default('global'),
  /** Absent: the draft. */
  environment: segment.optional(),
  noInputEvent: noInputEventField('noUserInput'),
});

/** Checked and complete: all defaults filled in. */
export type DialogflowEsConfig = z.output<typeof dialogflowEsConfigSchema>;
