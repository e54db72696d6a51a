"""JSON Schemas made from classes, and pydantic models read from nodes."""
