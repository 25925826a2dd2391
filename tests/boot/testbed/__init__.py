"""The surroundings of a guest: its network, names, certificate authority, mirror and clients.

Reading order: addresses, shell, certificate_authority, dns_server, oci_image, assets, web_server, acme, machine, client.
Nothing here knows what panelgen writes; the scenarios do.
"""
