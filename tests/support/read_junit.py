"""Reads JUnit reports with Python's XML parser, and counts: read_junit.py FILE..."""
import sys
import xml.etree.ElementTree as ElementTree

for path in sys.argv[1:]:
    suite = ElementTree.parse(path).getroot()
    cases = suite.findall("testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    if suite.tag != "testsuite" or int(suite.get("tests")) != len(cases) or int(suite.get("failures")) != len(failed):
        sys.exit(f"{path}: wrong counts")
    if len({(case.get("classname"), case.get("name")) for case in cases}) != len(cases) or not cases:
        sys.exit(f"{path}: two cases of one name, or none")
