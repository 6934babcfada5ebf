"""The models of parameters, bodies and answers of the API. Their fields are the contract with programs."""
