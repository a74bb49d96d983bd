import { PatchbayError } from '../../errors.ts';

export type NotificationErrorCode =
  /** The dialout has had its final event: nothing comes after it. */
  'dialout_over';

export class NotificationError extends PatchbayError<NotificationErrorCode> {}
