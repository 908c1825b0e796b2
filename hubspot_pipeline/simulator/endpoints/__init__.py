"""What HubSpot's endpoints do with a call: one module for each of its APIs."""
