"""The messages of notifiers, in the language of the channel: as a card, an e-mail, a text or a CloudEvent."""
