"""The messages of notifiers: the notifications of one message in the language of its channel, as a card, an e-mail, a text or a CloudEvent."""
