"""One collection from its labelled pictures to an exported model: what runs behind the page /train."""
