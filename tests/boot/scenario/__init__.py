"""What is claimed of a host that a bundle has made. One noun a file; a claim is a function named by what is true.

Reading order: bundle, delivery, edge, function, ide, pai, renewal, again, uninstall, setback, powercut, upgrade, story.
"""
