"""What notifiers send: the news of a turn in the language of its channel, as a card, an e-mail, a text or a CloudEvent."""
