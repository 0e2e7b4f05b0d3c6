"""InterGenEval: are the interactions that a prompt asks for seen, and between the right things?"""
