"""The world around a guest: its network, names, certificate authority, mirror and clients.

Reading order: place, shell, authority, names, image, asset, web, acme, machine, client.
Nothing here knows what panelgen writes; that is the scenarios' business.
"""
