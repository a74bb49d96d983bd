import { messageOf, PatchbayError } from '../errors.ts';

export type RecordingErrorCode =
  | 'disk_full'
  | 'disk_slow'
  | 'disk_failed'
  | 'recording_unknown'
  | 'recording_active'
  | 'recording_elsewhere'
  | 'call_not_live'
  | 'too_many_recordings';

/** Why a recording failed, or what is asked of it cannot be done. */
export class RecordingError extends PatchbayError<RecordingErrorCode> {
  static ofDisk(error: unknown): RecordingError {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return code === 'ENOSPC' || code === 'EDQUOT'
      ? new RecordingError('disk_full', 'the disk is full', { cause: error })
      : new RecordingError('disk_failed', `the file cannot be written: ${messageOf(error)}`, {
          cause: error,
          publicMessage: 'the file cannot be written',
        });
  }
}
