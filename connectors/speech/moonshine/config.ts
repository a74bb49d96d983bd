import { z } from 'zod';

/** The service's entry in `speechServices` of hub.yaml. */
export const moonshineConfigSchema = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore'),
  vendor: z.literal('moonshine'),
  /** Processes with the model; each takes about 250 MB. */
  workers: z.int().min(1).max(64).default(2),
});

export type MoonshineConfig = z.infer<typeof moonshineConfigSchema>;
