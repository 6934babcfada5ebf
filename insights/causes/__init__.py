"""Changes before an incident that may have caused it."""
