#!/usr/bin/env python3
"""Prints the SBOM of a release (SPDX 2.3, JSON): the program, and what is linked into it (linked.tsv), with the versions that are installed.
Usage: sbom.py VERSION SOURCE_DATE_EPOCH PROGRAM"""
import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import sys

version, epoch, program = sys.argv[1:]
digest = hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()
rows = [line.split('\t') for line in (pathlib.Path(__file__).parent / 'linked.tsv').read_text().splitlines()[1:]]
packages = [{
    'SPDXID': 'SPDXRef-pdquant', 'name': 'pdquant', 'versionInfo': version, 'downloadLocation': 'NOASSERTION', 'filesAnalyzed': False,
    'licenseConcluded': 'Apache-2.0', 'licenseDeclared': 'Apache-2.0', 'copyrightText': 'NOASSERTION', 'primaryPackagePurpose': 'APPLICATION',
    'checksums': [{'algorithm': 'SHA256', 'checksumValue': digest}],
    'externalRefs': [{'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl', 'referenceLocator': 'pkg:pypi/pdquant@' + version}],
}]
relationships = [{'spdxElementId': 'SPDXRef-DOCUMENT', 'relationshipType': 'DESCRIBES', 'relatedSpdxElement': 'SPDXRef-pdquant'}]
for name, licence in rows:
    reference = 'SPDXRef-' + re.sub('[^A-Za-z0-9.-]', '-', name)  # it may hold nothing else
    installed = subprocess.run(['dpkg-query', '-W', '-f', '${Version}\t${Architecture}', name], check=True, stdout=subprocess.PIPE, text=True).stdout
    installed, architecture = installed.split('\t')
    packages.append({
        'SPDXID': reference, 'name': name, 'versionInfo': installed, 'supplier': 'Organization: Debian', 'downloadLocation': 'NOASSERTION',
        'filesAnalyzed': False, 'licenseConcluded': 'NOASSERTION', 'licenseDeclared': licence, 'copyrightText': 'NOASSERTION',
        'externalRefs': [{'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl',
                          'referenceLocator': f'pkg:deb/debian/{name}@{installed}?arch={architecture}'}],
    })
    relationships.append({'spdxElementId': 'SPDXRef-pdquant', 'relationshipType': 'STATIC_LINK', 'relatedSpdxElement': reference})
created = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
print(json.dumps({
    'spdxVersion': 'SPDX-2.3', 'dataLicense': 'CC0-1.0', 'SPDXID': 'SPDXRef-DOCUMENT', 'name': 'pdquant-' + version,
    'documentNamespace': f'urn:pdquant:{version}:{digest}', 'creationInfo': {'created': created, 'creators': ['Tool: pdquant-release']},
    'packages': packages, 'relationships': relationships,
}, indent=1))
