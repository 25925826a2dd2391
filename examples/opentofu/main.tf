# A host from a bundle, on any provider: this example prints what such a resource takes.
#
#   panelgen render -f panel.yaml -o bundle/
#   panelgen render -f panel.yaml --format cloud-config.gz -o bundle.yaml.gz
#   tofu init && tofu apply
#
# The user-data holds no secret: the host makes its password at first boot.

terraform {
  required_version = ">= 1.6"
}

variable "bundle" {
  description = "The directory that panelgen wrote."
  type        = string
  default     = "bundle"
}

locals {
  # For providers that take up to 64 KiB, as readable text.
  user_data = file("${var.bundle}/cloud-config.yaml")

  # For Amazon EC2, whose limit is 16 KiB: the compact form, which cloud-init unpacks by itself.
  user_data_base64 = filebase64("${var.bundle}.yaml.gz")

  manifest = jsondecode(file("${var.bundle}/MANIFEST.json"))
}

# resource "aws_instance" "panel" {
#   ami              = var.ami
#   instance_type    = "t3.small"
#   user_data_base64 = local.user_data_base64
#
#   # A change of the bundle is applied by panel.sh or Ansible; user-data is for new hosts alone.
#   lifecycle { ignore_changes = [user_data_base64] }
#
#   metadata_options {
#     http_tokens                 = "required"
#     http_put_response_hop_limit = 1
#   }
# }

output "files" {
  description = "The paths on the host."
  value       = [for entry in local.manifest.entries : entry.path]
}

output "user_data_bytes" {
  value = length(local.user_data)
}
