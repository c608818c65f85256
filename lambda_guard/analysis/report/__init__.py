"""From observe to enforce: what a fleet did, which functions are ready, and the baseline to start enforcing from.

fleet gathers what the evidence says of each function, readiness judges it, baseline writes the exemptions; invokes is
the graph of who invokes whom; html, terminal and documents show them.
"""
