"""What metrics say of films whose truth is known: theatre scenes, spoilt on purpose."""
