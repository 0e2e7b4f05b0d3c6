"""WISA and VideoPhy: does a video show what it was asked for, and does it keep to the laws of physics?"""
