"""EntityBench: are the people, things and places of a story there, and do they stay the same where they are right at all?"""
