"""First names for the puppets, from many places."""

from __future__ import annotations

FEMININE: tuple[str, ...] = tuple(
    """
    Mara Ada Aisha Alba Alice Amara Amina Ana Anika Anna Asha Astrid Aya Bea Bianca Bridget Camille Carla
    Carmen Cecile Chiara Chloe Clara Dalia Dana Daphne Delia Diana Dora Edith Elena Eliza Elsa Emi Emma Erika
    Esther Eva Fatima Fiona Flora Freya Gemma Gloria Grace Greta Hana Hannah Helen Hilda Ida Ines Ingrid
    Irene Iris Isabel Jana Jane Jasmin Joan Julia June Kaia Karen Katya Keiko Laila Laura Leila Lena Lila
    Lily Lina Lola Lucia Lucy Lydia Maeve Maria Marta Maya Mei Mina Mira Moira Nadia Naomi Nina Noor Nora
    Olga Olive Paula Petra Priya Rania Rosa Ruth Sadia Sara Selma Simone Sofia Sonia Stella Tamar Tara Tessa
Thea Uma Vera Wanda Yara Yuki Zara Zoe""".split()  # noqa: SIM905
)
MASCULINE: tuple[str, ...] = tuple(
    """
    Aaron Abel Adam Ahmed Alan Albert Alec Amir Anders Andre Anton Ari Arthur Bao Basil Ben Boris Bruno
    Caleb Carl Cesar Chen Chris Cyrus Dan Daniel Dario David Diego Dmitri Eamon Ed Eli Emil Enzo Eric Ethan
    Ezra Felix Finn Frank Fred Gabriel George Giles Goran Gus Hamid Hans Harold Harry Hasan Hector Henry Hugo
    Ian Igor Isaac Ivan Jack Jacob Jamal James Jan Jens Joe Joel John Jonas Jorge Juan Kai Karim Kofi Kurt
    Kwame Lars Lee Leo Liam Louis Luca Luis Magnus Malik Marc Marco Martin Mateo Max Milo Musa Nate Ned Nico
    Niko Noah Oleg Omar Oscar Otto Owen Pablo Paul Pedro Peter Piotr Rafael Raj Ravi Ray Remy Rolf Roman Sam
    Samir Saul Sean Sven Tariq Ted Theo Tom Tomas Umar Victor Vikram Viktor Walt Wei Will Yusuf
Zane""".split()  # noqa: SIM905
)
