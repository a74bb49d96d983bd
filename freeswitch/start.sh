#!/bin/sh
# Starts FreeSWITCH in the foreground with the configuration in this folder. All of it is in the environment:
#
#   FREESWITCH_SECRET                the event socket's password: 16 to 128 of A-Z a-z 0-9 . _ ~ -   (no default)
#   FREESWITCH_ADDRESS               IPv4 address for SIP and RTP                                    127.0.0.1
#   FREESWITCH_ADVERTISED_ADDRESS    what callers are told to send RTP to                            FREESWITCH_ADDRESS
#   FREESWITCH_SIP_PORT              where drachtio-server reaches it                                5080
#   FREESWITCH_SIGNALLING_NETWORK    whose INVITEs it takes: drachtio-server's address, as a block   127.0.0.1/32
#   FREESWITCH_EVENT_SOCKET_ADDRESS  where the hub logs in                                           127.0.0.1
#   FREESWITCH_EVENT_SOCKET_PORT                                                                     8021
#   FREESWITCH_HUB_NETWORK           who may log in, and whom calls are handed to, as a block        127.0.0.1/32
#   FREESWITCH_RTP_FIRST_PORT, FREESWITCH_RTP_LAST_PORT    two ports a call                          30000, 30999
#   FREESWITCH_MAX_SESSIONS          calls at a time                                                 400
#   FREESWITCH_SESSIONS_PER_SECOND   new calls a second                                              80
#   FREESWITCH_LOG_LEVEL             debug, info, notice, warning, err, crit or alert                warning
#   FREESWITCH_STATE                 a folder that it may write to                                   /tmp/freeswitch
#   FREESWITCH_PROGRAM               the program                                                     freeswitch
#
# Arguments are handed to FreeSWITCH. Exit code 64: the environment is wrong, and standard error says what.
set -eu

refuse() {
  echo "freeswitch: $1" >&2
  exit 64
}

# matches VALUE EXPRESSION
matches() {
  printf '%s\n' "$1" | grep -qxE "$2" && [ "$(printf '%s\n' "$1" | wc -l)" -eq 1 ]
}

# must NAME EXPRESSION WHAT: where NAME is set, its value is WHAT. What gets past here stands in XML, so nothing else may.
must() {
  eval "value=\${$1-}"
  eval "given=\${$1+given}"
  [ -z "$given" ] || matches "$value" "$2" || refuse "$1 must be $3"
}

address='([0-9]{1,3}[.]){3}[0-9]{1,3}'
number='[1-9][0-9]{0,4}'

matches "${FREESWITCH_SECRET-}" '[A-Za-z0-9._~-]{16,128}' ||
  refuse 'FREESWITCH_SECRET must be set: 16 to 128 of the characters A-Z a-z 0-9 . _ ~ - (openssl rand -hex 24 makes one)'
for name in ADDRESS ADVERTISED_ADDRESS EVENT_SOCKET_ADDRESS; do
  must "FREESWITCH_$name" "$address" 'an IPv4 address'
done
for name in SIGNALLING_NETWORK HUB_NETWORK; do
  must "FREESWITCH_$name" "$address/([0-9]|[12][0-9]|3[0-2])" 'a block of IPv4 addresses, such as 10.0.0.5/32'
done
for name in SIP_PORT EVENT_SOCKET_PORT RTP_FIRST_PORT RTP_LAST_PORT MAX_SESSIONS SESSIONS_PER_SECOND; do
  must "FREESWITCH_$name" "$number" 'a number from 1 to 99999'
done
must FREESWITCH_LOG_LEVEL 'debug|info|notice|warning|err|crit|alert' 'a log level'
[ "${FREESWITCH_RTP_FIRST_PORT:-30000}" -lt "${FREESWITCH_RTP_LAST_PORT:-30999}" ] ||
  refuse 'FREESWITCH_RTP_LAST_PORT must be greater than FREESWITCH_RTP_FIRST_PORT'
room=$(((${FREESWITCH_RTP_LAST_PORT:-30999} - ${FREESWITCH_RTP_FIRST_PORT:-30000} + 1) / 2))
[ "${FREESWITCH_MAX_SESSIONS:-400}" -le "$room" ] ||
  refuse "FREESWITCH_MAX_SESSIONS is more than the RTP ports have room for: $room"

program=$(command -v "${FREESWITCH_PROGRAM:-freeswitch}") ||
  refuse "the program ${FREESWITCH_PROGRAM:-freeswitch} cannot be found: FREESWITCH_PROGRAM must name it"

folder=$(cd "$(dirname "$0")" && pwd)
state=${FREESWITCH_STATE:-/tmp/freeswitch}
# Nobody else may read it: the log folder gets the compiled configuration, with the secret in it.
umask 077
mkdir -p "$state/log" "$state/db" "$state/run" "$state/temp" "$state/storage" "$state/recordings" "$state/cache" "$state/certs"

# What fs_cli reads when HOME is this folder: so the secret stands in no list of processes.
host=${FREESWITCH_EVENT_SOCKET_ADDRESS:-127.0.0.1}
[ "$host" != 0.0.0.0 ] || host=127.0.0.1
printf '[default]\nhost => %s\nport => %s\npassword => %s\n' \
  "$host" "${FREESWITCH_EVENT_SOCKET_PORT:-8021}" "$FREESWITCH_SECRET" >"$state/.fs_cli_conf"

# FreeSWITCH wants threads with small stacks. Where the limit is another it starts itself a second time, by its first argument:
# which therefore is a path.
ulimit -S -s 240
exec "$program" -nf -nc -np -nonat \
  -conf "$folder" -log "$state/log" -db "$state/db" -run "$state/run" -temp "$state/temp" \
  -storage "$state/storage" -recordings "$state/recordings" -cache "$state/cache" -certs "$state/certs" "$@"
