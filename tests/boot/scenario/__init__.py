"""The checks of a host that a bundle has configured: one subject per file, one function per check, named by what it expects.

Reading order: bundle, delivery, manifest, edge, function, ide, pai, renewal, idempotence, component, uninstall, recovery,
power_cut, upgrade, offline, readme, matrix.
"""
