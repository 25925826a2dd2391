"""What is claimed of a host that a bundle has made. One noun a file; a claim is a function named by what is true.

Reading order: bundle, delivery, manifest, edge, function, ide, pai, renewal, again, component, uninstall, setback,
powercut, upgrade, offline, readme, story.
"""
