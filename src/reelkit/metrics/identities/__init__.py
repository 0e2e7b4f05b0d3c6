"""RICE: are the appearances that a captioner gives to one person really that person's?"""
