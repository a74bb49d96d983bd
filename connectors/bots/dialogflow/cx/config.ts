import { z } from 'zod';
import { noInputEventField, segment, sharedFields } from '../config.ts';

/** The part of a bot in hub.yaml that belongs to this connector. */
export const dialogflowCxConfigSchema = z.strictObject({
  ...sharedFields,
  /** As the console's "Copy name" gives it. */
  agent: z
    .string()
    .regex(
      /^projects\/[^/\s]{1,200}\/locations\/[^/\s]{1,100}\/agents\/[^/\s]{1,200}$/,
      'projects/PROJECT/locations/LOCATION/agents/AGENT',
    ),
  /** Absent: the draft. */
  environment: segment.optional(),
  noInputEvent: noInputEventField('sys.no-input-default'),
  /** Of the response messages that a fulfillment has for several channels. */
  channel: z.string().min(1).max(100).optional(),
  /** What is said before a webhook has answered is spoken at once. */
  partialResponses: z.boolean().default(true),
});

/** Checked and complete: all defaults filled in. */
export type DialogflowCxConfig = z.output<typeof dialogflowCxConfigSchema>;
