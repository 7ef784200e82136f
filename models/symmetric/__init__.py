"""Mechanisms that treat agents alike: what an agent gets depends on his report and on the multiset of all reports."""
