#!/bin/sh
# Exit code 0 when FreeSWITCH takes calls: the SIP profile runs and the audio module is loaded. Takes FREESWITCH_STATE, as
# start.sh does, and FREESWITCH_CLI, the program fs_cli.
set -eu
ask() {
  HOME=${FREESWITCH_STATE:-/tmp/freeswitch} "${FREESWITCH_CLI:-fs_cli}" -t 2000 -x "$1"
}
ask 'sofia status' | grep -qE '^ *drachtio_mrf[[:space:]].*RUNNING'
[ "$(ask 'module_exists mod_audio_fork' | tr -d '[:space:]')" = true ]
