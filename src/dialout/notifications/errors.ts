import { PatchbayError } from '../../errors.ts';

export type NotificationErrorCode =
  | 'dialout_over' // it has had its final event: nothing comes after that
  | 'too_many_readers' // of the stream of events
  | 'feed_closed'; // the hub is stopping

export class NotificationError extends PatchbayError<NotificationErrorCode> {}
