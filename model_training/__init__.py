"""How the models of Mask Mirror are made: read faces, train, evaluate, export. The web app never imports this."""
