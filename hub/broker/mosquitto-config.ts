/**
 * Eclipse Mosquitto (2.0 and later) as the fleet's broker, with the rules of our own one: nobody without a certificate, the
 * certificate's name is user name and client id, default deny. Pure.
 */
import { PUBLISH_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { HUB_NAME } from '../devices/server-certificate.ts'

/** The files beside `mosquitto.conf`; it names them by their whole path. */
export const BROKER_FILES = {
  config: 'mosquitto.conf',
  accessList: 'acl',
  authority: 'ca.pem',
  certificate: 'server.pem',
  privateKey: 'server-key.pem',
  revocationList: 'crl.pem',
} as const

/** Topic and headers beside a message's payload. */
const PACKET_OVERHEAD_BYTES = 512
/** Reports under way to the hub before it has acknowledged one (mosquitto's own default of 20 would be the bottleneck). */
const IN_FLIGHT_MAX = 1_000
/** Reports that wait for a slow hub; more are dropped, and their devices send them again. */
const QUEUED_MAX = 5_000
const QUEUED_BYTES_MAX = 64 * 1024 * 1024

/**
 * Topics are `fleetcast/v1/<site>/<device>/{up,dn}/<kind>`. Only what is named is allowed, so `$SYS` is closed to everyone. A
 * SUBSCRIBE beyond this is granted all the same, and mosquitto filters at delivery. `%u` is safe as a level: device ids hold
 * none of `/ + # $` (CVE-2017-7650). The hub itself checks the site.
 */
export const mosquittoAccessList = (): string => `# Written by "fleetcast hub broker-config mosquitto".
user ${HUB_NAME}
topic readwrite fleetcast/v1/#

pattern write fleetcast/v1/+/%u/up/#
pattern read fleetcast/v1/+/%u/dn/#
`

/** `pathOf` names a file of the folder as the broker will see it. */
export const mosquittoConfig = (
  port: number,
  pathOf: (file: string) => string,
): string => `# Written by "fleetcast hub broker-config mosquitto"; run it again after a change or a revocation.
per_listener_settings true
persistence false
set_tcp_nodelay true
max_packet_size ${PUBLISH_BYTES_MAX + PACKET_OVERHEAD_BYTES}
max_inflight_messages ${IN_FLIGHT_MAX}
max_queued_messages ${QUEUED_MAX}
max_queued_bytes ${QUEUED_BYTES_MAX}
# Devices keep no sessions; one that asks for it anyway loses it soon.
persistent_client_expiration 1h
# No $SYS messages: nobody may read them.
sys_interval 0
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information

listener ${port}
tls_version tlsv1.2
cafile ${pathOf(BROKER_FILES.authority)}
certfile ${pathOf(BROKER_FILES.certificate)}
keyfile ${pathOf(BROKER_FILES.privateKey)}
# Past its nextUpdate this list locks everybody out.
crlfile ${pathOf(BROKER_FILES.revocationList)}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file ${pathOf(BROKER_FILES.accessList)}
`
