"""Where everything in the little world stands: names and addresses, once."""

# Addresses from the documentation ranges (RFC 5737, RFC 3849): nobody's.
OUTSIDE = "192.0.2.1"
GUEST = "192.0.2.10"
# No machine has it.
ABSENT = "192.0.2.99"
OUTSIDE6 = "2001:db8::1"
GUEST6 = "2001:db8::10"
# The clouds' metadata address; here it answers, so that "closed to functions" can be seen.
METADATA = "169.254.169.254"

ZONE = "example.net"
DOMAIN = f"panel.{ZONE}"
ALIAS = f"www.panel.{ZONE}"
STRANGER = f"stranger.{ZONE}"
# A site that was on the host before the panel.
OTHER_SITE = f"blog.{ZONE}"
ACME = f"acme.{ZONE}"
MIRROR = f"mirror.{ZONE}"
REGISTRY = f"registry.{ZONE}"

ACME_PORT = 14000
ACME_MANAGEMENT_PORT = 15000
# A plain HTTP server outside, to see that functions reach the internet.
WORLD_PORT = 8090

# The test authority's root as the guest has it.
ROOT_IN_GUEST = "/usr/local/share/ca-certificates/boot-test-root.crt"
